/// Native memory, lent and taken back; some of it where other processes can map it. Begin with
// [dev.headrace.engine.memory.BufferPool].
package dev.headrace.engine.memory;
