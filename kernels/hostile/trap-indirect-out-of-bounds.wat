;; Calls behind the end of a table.
(component
  (core module $m
    (table 1 funcref)
    (func $call (call_indirect (i32.const 7)))
    (func (export "attack") (call $call)))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
