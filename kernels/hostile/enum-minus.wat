;; Answers with case 2^32-1 of an enum of two.
(component
  (core module $m
    (func (export "attack") (result i32) (i32.const -1)))
  (core instance $i (instantiate $m))
  (type $e' (enum "a" "b"))
  (export $e "e" (type $e'))
  (func (export "attack") (result $e) (canon lift (core func $i "attack"))))
