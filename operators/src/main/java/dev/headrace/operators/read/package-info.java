/// Where samples come from: folders of files, numbers, and the user's own code.
///
/// Begin with [dev.headrace.operators.read.ImageFolder]; for data of one's own with
/// [dev.headrace.operators.read.External] and [dev.headrace.operators.read.Feed].
package dev.headrace.operators.read;
