;; Answers with two bytes of a character of three.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 0x100) "\e2\98")
    (func (export "attack") (result i32)
      (i32.store (i32.const 8) (i32.const 0x100))
      (i32.store (i32.const 12) (i32.const 2))
      (i32.const 8)))
  (core instance $i (instantiate $m))
  (func $attack (result string) (canon lift (core func $i "attack") (memory (core memory $i "memory"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
