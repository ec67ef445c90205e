;; Has a memory that threads share.
(component
  (core module $m
    (memory (export "memory") 1 1 shared)
    (func (export "attack")))
  (core instance $i (instantiate $m))
  (func (export "attack") (canon lift (core func $i "attack"))))
