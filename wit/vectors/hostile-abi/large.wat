;; A memory that does hold the longest list: only the host's budget stands in its way.
(component
  (core module $m
    (memory (export "memory") 4096 4096)
    (func (export "ok") (result i32) (i32.const 42))
    (func (export "pair") (result i32) (i32.store (i32.const 12) (i32.const 0x0fffffff)) (i32.const 8)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $mem))
  (func (export "ok") (result u32) (canon lift (core func $i "ok")))
  (func (export "longest") (result (list s8)) (canon lift (core func $i "pair") (memory (core memory $mem)))))
