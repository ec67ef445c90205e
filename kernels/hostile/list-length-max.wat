;; Answers with a list of 2^32-1 bytes in a memory of 64 KiB.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "attack") (result i32)
      (i32.store (i32.const 8) (i32.const 0))
      (i32.store (i32.const 12) (i32.const -1))
      (i32.const 8)))
  (core instance $i (instantiate $m))
  (func $attack (result (list u8)) (canon lift (core func $i "attack") (memory (core memory $i "memory"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
