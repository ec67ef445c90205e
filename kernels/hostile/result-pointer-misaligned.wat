;; Answers with two numbers of 8 bytes at 4.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "attack") (result i32) (i32.const 4)))
  (core instance $i (instantiate $m))
  (func (export "attack") (result (tuple u64 u64)) (canon lift (core func $i "attack") (memory (core memory $i "memory")))))
