;; Answers with all bits of flags of three, which are masked.
(component
  (core module $m
    (func (export "attack") (result i32) (i32.const 0xff)))
  (core instance $i (instantiate $m))
  (type $f' (flags "a" "b" "c"))
  (export $f "f" (type $f'))
  (func (export "attack") (result $f) (canon lift (core func $i "attack"))))
