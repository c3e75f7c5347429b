/// Where a node runs. Begin with [dev.headrace.engine.device.Device].
package dev.headrace.engine.device;
