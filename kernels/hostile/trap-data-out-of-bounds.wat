;; Has a data segment that does not fit its memory.
(component
  (core module $m
    (memory 1)
    (data (i32.const 0xffff) "ab")
    (func (export "attack")))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
