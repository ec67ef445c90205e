;; Answers with the character 110000.
(component
  (core module $m
    (func (export "attack") (result i32) (i32.const 0x110000)))
  (core instance $i (instantiate $m))
  (func (export "attack") (result char) (canon lift (core func $i "attack"))))
