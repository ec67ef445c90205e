module github.com/tenon-dev/tenon/host-go/cmd/tenon-hotspots

go 1.26

require (
	github.com/google/pprof v0.0.0-20260906184651-6331bc6350fe
	golang.org/x/tools v0.38.0
)

require (
	golang.org/x/mod v0.29.0 // indirect
	golang.org/x/sync v0.17.0 // indirect
)
