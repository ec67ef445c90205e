;; Calls in a circle through a table for ever.
(component
  (core module $m
    (type $step (func (param i32) (result i32)))
    (table funcref (elem $even $odd))
    (func $even (param $n i32) (result i32)
      (i32.add (local.get $n) (call_indirect (type $step) (i32.add (local.get $n) (i32.const 1)) (i32.const 1))))
    (func $odd (param $n i32) (result i32)
      (i32.sub (local.get $n) (call_indirect (type $step) (i32.add (local.get $n) (i32.const 1)) (i32.const 0))))
    (func (export "attack") (result i32) (call $even (i32.const 0))))
  (core instance $i (instantiate $m))
  (func $attack (result u32) (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
