;; Calls itself for ever by a tail call.
(component
  (core module $m
    (func $again (export "attack") (return_call $again)))
  (core instance $i (instantiate $m))
  (func (export "attack") (canon lift (core func $i "attack"))))
