module github.com/tenon-dev/tenon/host-go/benches

go 1.26

require (
	github.com/tenon-dev/tenon/host-go v0.0.0
	github.com/tenon-dev/tenon/host-go/examples v0.0.0
	github.com/tenon-dev/tenon/host-go/kernels v0.0.0
	github.com/tetratelabs/wazero v1.12.0
)

replace (
	github.com/tenon-dev/tenon/host-go => ../../host-go
	github.com/tenon-dev/tenon/host-go/adapters => ../../host-go/adapters
	github.com/tenon-dev/tenon/host-go/examples => ../../host-go/examples
	github.com/tenon-dev/tenon/host-go/kernels => ../../host-go/kernels
)
