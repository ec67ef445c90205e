;; Answers with a good case of a variant whose payload is a surrogate.
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 16) "\01\00\00\00\00\d8\00\00")
    (func (export "attack") (result i32) (i32.const 16)))
  (core instance $i (instantiate $m))
  (type $v' (variant (case "a" u8) (case "b" char)))
  (export $v "v" (type $v'))
  (func (export "attack") (result $v) (canon lift (core func $i "attack") (memory (core memory $i "memory")))))
