/// Native memory, lent and taken back. Begin with [dev.headrace.engine.memory.BufferPool].
package dev.headrace.engine.memory;
