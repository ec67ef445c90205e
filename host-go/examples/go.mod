module github.com/tenon-dev/tenon/host-go/examples

go 1.26

require (
	github.com/HdrHistogram/hdrhistogram-go v1.1.2
	github.com/prometheus/client_golang v1.23.2
	github.com/tenon-dev/tenon/host-go v0.0.0
	github.com/tenon-dev/tenon/host-go/adapters v0.0.0
	github.com/tenon-dev/tenon/host-go/kernels v0.0.0
	github.com/tenon-dev/tenon/host-go/registry v0.0.0
)

require (
	github.com/beorn7/perks v1.0.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/fsnotify/fsnotify v1.10.1 // indirect
	github.com/hashicorp/golang-lru v1.0.2 // indirect
	github.com/munnerz/goautoneg v0.0.0-20191010083416-a7dc8b61c822 // indirect
	github.com/prometheus/client_model v0.6.2 // indirect
	github.com/prometheus/common v0.66.1 // indirect
	github.com/prometheus/procfs v0.16.1 // indirect
	github.com/tetratelabs/wazero v1.12.0 // indirect
	github.com/ua-parser/uap-go v0.0.0-20260529044130-17c35e68e58c // indirect
	go.yaml.in/yaml/v2 v2.4.2 // indirect
	golang.org/x/sys v0.44.0 // indirect
	google.golang.org/protobuf v1.36.8 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace (
	github.com/tenon-dev/tenon/host-go => ../
	github.com/tenon-dev/tenon/host-go/adapters => ../adapters
	github.com/tenon-dev/tenon/host-go/kernels => ../kernels
	github.com/tenon-dev/tenon/host-go/registry => ../registry
)
