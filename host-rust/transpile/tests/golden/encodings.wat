;; The three encodings of strings, two memories of two core instances.
(component
  (core module $m
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "f") (param i32 i32) unreachable))
  (core instance $a (instantiate $m))
  (core instance $b (instantiate $m))
  (func (export "plain") (param "s" string) (canon lift (core func $a "f") (memory (core memory $a "mem")) (realloc (core func $a "realloc"))))
  (func (export "wide") (param "s" string)
    (canon lift (core func $b "f") string-encoding=utf16 (memory (core memory $b "mem")) (realloc (core func $b "realloc"))))
  (func (export "either") (param "s" string)
    (canon lift (core func $b "f") string-encoding=latin1+utf16 (memory (core memory $b "mem")) (realloc (core func $b "realloc")))))
