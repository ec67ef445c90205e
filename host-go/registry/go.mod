module github.com/tenon-dev/tenon/host-go/registry

go 1.26
