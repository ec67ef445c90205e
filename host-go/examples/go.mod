module github.com/tenon-dev/tenon/host-go/examples

go 1.26

require (
	github.com/HdrHistogram/hdrhistogram-go v1.1.2
	github.com/prometheus/client_golang v1.23.2
	github.com/tenon-dev/tenon/host-go v0.0.0
	github.com/tenon-dev/tenon/host-go/adapters v0.0.0
	github.com/tenon-dev/tenon/host-go/kernels v0.0.0
)

replace (
	github.com/tenon-dev/tenon/host-go => ../
	github.com/tenon-dev/tenon/host-go/adapters => ../adapters
	github.com/tenon-dev/tenon/host-go/kernels => ../kernels
)
