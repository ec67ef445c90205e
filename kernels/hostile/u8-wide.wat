;; Answers with the u8 0x1ff, of which the low 8 bits count.
(component
  (core module $m
    (func (export "attack") (result i32) (i32.const 0x1ff)))
  (core instance $i (instantiate $m))
  (func (export "attack") (result u8) (canon lift (core func $i "attack"))))
