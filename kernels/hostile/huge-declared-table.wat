;; Declares a table of 2^32-1 entries.
(component
  (core module $m
    (table 0xffffffff funcref)
    (func (export "attack")))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
