;; Calls a function of the host, which it was granted, when it is told that its answer was read.
(component
  (import "poke" (func $poke))
  (core func $core-poke (canon lower (func $poke)))
  (core module $m
    (import "host" "poke" (func $poke))
    (func (export "attack") (result i32) (i32.const 7))
    (func (export "done") (param i32) (call $poke)))
  (core instance $i (instantiate $m (with "host" (instance (export "poke" (func $core-poke))))))
  (func $attack (result u32) (canon lift (core func $i "attack") (post-return (core func $i "done"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
