;; A kernel that has a resource of the host and drops one of the WASI stub (run(1)) before it uses its own.
;; Rebuild the .wasm with `wasm-tools parse`, or any other assembler of this format.
(component
  (import "wasi:io/streams@0.2.3" (instance $streams (export "output-stream" (type (sub resource)))))
  (alias export $streams "output-stream" (type $os))
  (import "wasi:cli/stdout@0.2.3" (instance $stdout
    (export "output-stream" (type $o (eq $os)))
    (export "get-stdout" (func (result (own $o))))))
  (import "test:wat/env@1.2.0" (instance $env
    (export "sink" (type $sink (sub resource)))
    (export "[constructor]sink" (func (param "n" u32) (result (own $sink))))
    (export "use" (func (param "s" (borrow $sink)) (result u32)))))
  (alias export $env "sink" (type $sink))
  (core func $new (canon lower (func $env "[constructor]sink")))
  (core func $use (canon lower (func $env "use")))
  (core func $get (canon lower (func $stdout "get-stdout")))
  (core func $sdrop (canon resource.drop $sink))
  (core func $odrop (canon resource.drop $os))
  (core module $m
    (import "e" "new" (func $new (param i32) (result i32)))
    (import "e" "use" (func $use (param i32) (result i32)))
    (import "e" "get" (func $get (result i32)))
    (import "e" "sdrop" (func $sdrop (param i32)))
    (import "e" "odrop" (func $odrop (param i32)))
    (func (export "run") (param i32) (result i32) (local $s i32)
      (local.set $s (call $new (i32.const 7)))
      (if (local.get 0) (then (call $odrop (call $get))))
      (call $use (local.get $s))))
  (core instance $mi (instantiate $m (with "e" (instance (export "new" (func $new)) (export "use" (func $use)) (export "get" (func $get)) (export "sdrop" (func $sdrop)) (export "odrop" (func $odrop))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $mi "run"))))
