/// Random values, one a sample: functions of the node's key, the sample's id and nothing else.
package dev.headrace.operators.random;
