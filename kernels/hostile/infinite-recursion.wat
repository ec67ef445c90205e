;; Calls itself for ever.
(component
  (core module $m
    (func $down (param $n i32) (result i32)
      (i32.add (call $down (i32.add (local.get $n) (i32.const 1))) (local.get $n)))
    (func (export "attack") (result i32) (call $down (i32.const 0))))
  (core instance $i (instantiate $m))
  (func $attack (result u32) (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
