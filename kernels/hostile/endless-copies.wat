;; Copies 16 MiB to and fro for ever.
(component
  (core module $m
    (memory (export "memory") 512)
    (func (export "attack")
      (loop $again
        (memory.copy (i32.const 0) (i32.const 0x1000000) (i32.const 0x1000000))
        (memory.copy (i32.const 0x1000000) (i32.const 0) (i32.const 0x1000000))
        (br $again))))
  (core instance $i (instantiate $m))
  (func $attack (canon lift (core func $i "attack")))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
