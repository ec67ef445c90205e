;; Says that it is a kernel of tenon:redact, with another result.
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16))
    (func (export "redact") (param i32 i32) (result i32) (i32.const 8)))
  (core instance $i (instantiate $m))
  (func $redact (param "text" string) (result string)
    (canon lift (core func $i "redact") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
  (instance $redactor (export "redact" (func $redact)))
  (export "tenon:redact/redactor@1.0.0" (instance $redactor)))
