// Package dropin is what stands behind the plain functions of a kernel's package, such as useragent.Parse: what answers
// them is configuration, and may change while calls are in flight, without a new deployment.
//
//	agent, err := useragent.Parse(ctx, line)                                             // whatever is configured answers
//	err = useragent.Configure(ctx, useragent.Config{Use: dropin.Baseline})               // from now on plain Go
//	err = useragent.Configure(ctx, useragent.Config{Use: dropin.Kernel})                 // and now the kernel again
//	err = dropin.Set(ctx, "useragent", dropin.Registry)                                  // by name, as an admin page does
//
// Without a word of configuration the kernel that the package brings along answers, with its baseline behind it. The first
// call does not wait for it: the baseline answers until the kernel is loaded, in the background, and for good where that
// fails, which is logged. A package without a baseline has its first calls wait, and an error where it fails.
//
// # Switches
//
// A switch makes what shall answer ready first: the kernel is loaded, and has as many instances as the one that answered
// last ever had at a time, be it the package's or a registry's, and also when the baseline has answered in between. They go
// again when they are idle ([tenon.SlotConfig] IdleAfter). Calls of the baseline itself are counted by nobody, so the first kernel begins with what
// [Config] says: Slot.WarmInstances, or Slot.MinInstances.
//
// # Environment
//
// What nobody configures in the program is read once from the environment, at the first call:
//
//   - TENON_USERAGENT, by the package's name in capitals, is what answers: baseline, kernel, registry, or registry:DIR.
//   - TENON_REGISTRY is the registry's folder, where it does not stand there.
//   - TENON_TRUST lists the files of the public keys that versions of a registry have to be signed with, separated as in PATH,
//     or is the word unsigned. Without it no version is trusted.
//   - TENON_CACHE is the folder for compiled kernels, [tenon.Config.CacheDir]. Without it they are compiled at each start.
//
// A program that is to read registries imports registry/source for that, which the core does without.
//
// # One runtime
//
// All drop-ins of a process share a runtime, which is made when it is first needed; see [SetRuntime] for another one, and
// [Config] for one of a drop-in's own. It logs to [slog.Default].
package dropin
