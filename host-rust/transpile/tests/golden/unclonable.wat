;; State that is neither in a memory nor in a global: a table that code changes. Also a memory that is not exported.
(component
  (core module $m
    (memory 1)
    (table 2 funcref)
    (elem declare func $f)
    (func $f (export "f") (table.set (i32.const 0) (ref.func $f))))
  (core instance $i (instantiate $m))
  (func (export "f") (canon lift (core func $i "f"))))
