;; Answers, and runs a loop for ever when it is told that the answer was read.
(component
  (core module $m
    (func (export "attack") (result i32) (i32.const 7))
    (func (export "done") (param i32) (loop $again (br $again))))
  (core instance $i (instantiate $m))
  (func $attack (result u32) (canon lift (core func $i "attack") (post-return (core func $i "done"))))
  (instance $guest (export "attack" (func $attack)))
  (export "tenon:hostile/guest@1.0.0" (instance $guest)))
