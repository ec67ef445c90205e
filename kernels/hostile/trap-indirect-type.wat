;; Calls a function of another type through a table.
(component
  (core module $m
    (type $other (func (result i32)))
    (table funcref (elem $f))
    (func $f)
    (func $call (result i32) (call_indirect (type $other) (i32.const 0)))
    (func (export "attack") (result i32) (call $call)))
  (core instance $i (instantiate $m))
  (func $attack (result u32) (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
