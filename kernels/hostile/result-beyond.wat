;; Answers with case 2 of a result.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 16) "\02")
    (func (export "attack") (result i32) (i32.const 16)))
  (core instance $i (instantiate $m))
  (func (export "attack") (result (result u16 (error u32))) (canon lift (core func $i "attack") (memory (core memory $i "memory")))))
