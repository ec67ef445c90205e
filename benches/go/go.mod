module github.com/tenon-dev/tenon/host-go/benches

go 1.26.0

require (
	github.com/sahilm/fuzzy v0.1.3
	github.com/tenon-dev/tenon/host-go v0.0.0
	github.com/tenon-dev/tenon/host-go/examples v0.0.0
	github.com/tenon-dev/tenon/host-go/kernels v0.0.0
	github.com/tetratelabs/wazero v1.12.0
	github.com/tidwall/gjson v1.20.0
	github.com/uber/h3-go/v4 v4.1.0
	github.com/valyala/fastjson v1.6.10
	github.com/wasilibs/go-re2 v1.13.0
)

require (
	github.com/agnivade/levenshtein v1.2.2 // indirect
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3 // indirect
	github.com/hashicorp/golang-lru v1.0.2 // indirect
	github.com/junegunn/fzf v0.65.2 // indirect
	github.com/mattn/go-isatty v0.0.20 // indirect
	github.com/rivo/uniseg v0.4.7 // indirect
	github.com/tidwall/match v1.1.1 // indirect
	github.com/tidwall/pretty v1.2.0 // indirect
	github.com/ua-parser/uap-go v0.0.0-20260529044130-17c35e68e58c // indirect
	golang.org/x/image v0.23.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
	golang.org/x/text v0.21.0 // indirect
	gopkg.in/yaml.v3 v3.0.1 // indirect
)

replace (
	github.com/tenon-dev/tenon/host-go => ../../host-go
	github.com/tenon-dev/tenon/host-go/adapters => ../../host-go/adapters
	github.com/tenon-dev/tenon/host-go/examples => ../../host-go/examples
	github.com/tenon-dev/tenon/host-go/kernels => ../../host-go/kernels
	github.com/tenon-dev/tenon/host-go/registry => ../../host-go/registry
)
