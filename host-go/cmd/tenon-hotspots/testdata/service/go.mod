module example.test/service

go 1.26
