package dev.headrace.graph.picture;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.TensorList;
import java.util.ArrayList;
import java.util.Base64;

/// What was seen of a value in a batch.
///
/// @param specs the specs of the first samples, each once
/// @param images of the first samples, where they can be shown
record Sample(ImmutableList<String> specs, ImmutableList<Image> images) {
    private static final int MOST = 4;

    /// One image.
    ///
    /// @param address a `data:` address that holds it
    /// @param note what was done to show it
    record Image(String address, String note) {}

    static Sample of(TensorList tensors) {
        var specs = new ArrayList<String>();
        var images = ImmutableList.<Image>builder();
        for (int i = 0; i < Math.min(MOST, tensors.size()); i++) {
            var tensor = tensors.get(i);
            var spec = tensor.spec().toString();
            if (!specs.contains(spec)) {
                specs.add(spec);
            }
            TensorPicture.of(tensor).map(Sample::image).ifPresent(images::add);
        }
        return new Sample(ImmutableList.copyOf(specs), images.build());
    }

    private static Image image(TensorPicture picture) {
        var bytes = ImageBytes.of(picture.image(), "png");
        var text = Base64.getEncoder().encodeToString(bytes);
        return new Image("data:image/png;base64," + text, picture.note());
    }
}
