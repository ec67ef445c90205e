;; Answers with case 255 of a variant of two.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 16) "\ff")
    (func (export "attack") (result i32) (i32.const 16)))
  (core instance $i (instantiate $m))
  (type $v' (variant (case "a" u8) (case "b" char)))
  (export $v "v" (type $v'))
  (func (export "attack") (result $v) (canon lift (core func $i "attack") (memory (core memory $i "memory")))))
