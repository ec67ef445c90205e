;; Traps before it is instantiated.
(component
  (core module $m
    (func $boom unreachable)
    (func $main (call $boom))
    (start $main)
    (func (export "attack")))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
