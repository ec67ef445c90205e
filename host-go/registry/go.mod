module github.com/tenon-dev/tenon/host-go/registry

go 1.26

require github.com/tenon-dev/tenon/host-go v0.0.0

replace github.com/tenon-dev/tenon/host-go => ../
