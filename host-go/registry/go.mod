module github.com/tenon-dev/tenon/host-go/registry

go 1.26

require (
	github.com/fsnotify/fsnotify v1.10.1
	github.com/tenon-dev/tenon/host-go v0.0.0
	golang.org/x/sys v0.44.0
)

require github.com/tetratelabs/wazero v1.12.0 // indirect

replace github.com/tenon-dev/tenon/host-go => ../
