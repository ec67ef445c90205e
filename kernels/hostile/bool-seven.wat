;; Answers with the bool 7, which is true.
(component
  (core module $m
    (func (export "attack") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func (export "attack") (result bool) (canon lift (core func $i "attack"))))
