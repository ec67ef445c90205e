module github.com/tenon-dev/tenon/host-go/registry

go 1.26

require (
	github.com/fsnotify/fsnotify v1.10.1
	golang.org/x/sys v0.44.0
)
