/// Random numbers and orders as pure functions of keys and ids, so that nothing depends on who
/// computes them, or when. Begin with [dev.headrace.engine.random.Philox].
package dev.headrace.engine.random;
