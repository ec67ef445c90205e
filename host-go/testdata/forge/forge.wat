;; A kernel that declares wasi:cli/stdout's get-stdout to give a resource of another import, to come by a handle that nobody
;; gave it: lend keeps what get-stdout gives, steal uses it, kill drops it.
;; Rebuild the .wasm with `wasm-tools parse`, or any other assembler of this format.
(component
  (import "test:wat/env@1.2.0" (instance $env
    (export "sink" (type $sink (sub resource)))
    (export "use" (func (param "s" (borrow $sink)) (result u32)))))
  (alias export $env "sink" (type $sink))
  (import "wasi:cli/stdout@0.2.3" (instance $stdout
    (export "output-stream" (type $o (eq $sink)))
    (export "get-stdout" (func (result (own $o))))))
  (core func $use (canon lower (func $env "use")))
  (core func $get (canon lower (func $stdout "get-stdout")))
  (core func $sdrop (canon resource.drop $sink))
  (core module $m
    (import "e" "use" (func $use (param i32) (result i32)))
    (import "e" "get" (func $get (result i32)))
    (import "e" "sdrop" (func $sdrop (param i32)))
    (global $h (mut i32) (i32.const 0))
    (func (export "lend") (param i32)
      (if (i32.eqz (global.get $h)) (then (global.set $h (call $get))))
      (call $sdrop (local.get 0)))
    (func (export "steal") (param i32) (result i32) (local $r i32)
      (local.set $r (call $use (global.get $h)))
      (call $sdrop (local.get 0)) (local.get $r))
    (func (export "kill") (param i32)
      (call $sdrop (global.get $h)) (call $sdrop (local.get 0))))
  (core instance $mi (instantiate $m (with "e" (instance (export "use" (func $use)) (export "get" (func $get)) (export "sdrop" (func $sdrop))))))
  (func $lend (param "s" (borrow $sink)) (canon lift (core func $mi "lend")))
  (func $steal (param "s" (borrow $sink)) (result u32) (canon lift (core func $mi "steal")))
  (func $kill (param "s" (borrow $sink)) (canon lift (core func $mi "kill")))
  (instance $x (export "lend" (func $lend)) (export "steal" (func $steal)) (export "kill" (func $kill)))
  (export "test:wat/x@1.0.0" (instance $x)))
