;; Declares a memory of 4 GiB.
(component
  (core module $m
    (memory (export "memory") 65536)
    (func (export "attack")))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
