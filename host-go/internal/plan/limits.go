package plan

// Limits on what a plan may hold. They bound what a hostile container costs to check; a real component is far
// below each.
const (
	MaxJSON        = 64 << 20
	MaxModules     = 10_000
	MaxTypes       = 1_000_000
	MaxFuncs       = 100_000
	MaxSteps       = 100_000
	MaxTrampolines = 100_000
	MaxInstances   = 10_000 // component instances
	MaxSlots       = 100_000
	MaxMembers     = 10_000 // fields, cases or parameters of one type or function
	MaxTypeDepth   = 100
	MaxExportDepth = 100
)
