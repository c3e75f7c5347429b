package dev.headrace.examples;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import ai.djl.nn.pooling.Pool;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.initializer.XavierInitializer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.Platform;
import java.nio.file.Files;

/// A small convolutional network that tells classes of images apart: DJL, with PyTorch underneath.
///
/// Four convolutions of 3×3 and stride 2, with 16 to 128 filters, each followed by batch
/// normalization and ReLU; then the mean over the image and one linear layer. Trained with Adam, at
/// a rate that falls along a cosine. Confined to one thread.
final class Network implements AutoCloseable {
    private static final String ENGINE = "PyTorch";
    private static final int CONVOLUTIONS = 4;
    private static final int FIRST_FILTERS = 16;
    private static final float FIRST_RATE = 3e-3f;
    private static final float LAST_RATE = 3e-5f;

    static {
        System.setProperty("offline", "true"); // PyTorch comes from the jars
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("DJL_CACHE_DIR", Headrace.cache().resolve("djl").toString());
    }

    /// Whether PyTorch still has to be unpacked from its jar, which takes a while.
    static boolean isPacked() {
        var platform = Platform.detectPlatform("pytorch");
        var name =
                String.join(
                        "-", platform.getVersion(), platform.getFlavor(), platform.getClassifier());
        return Files.notExists(Headrace.cache().resolve("djl/pytorch").resolve(name));
    }

    private final Model model;
    private final Trainer trainer;
    private final Loss loss = Loss.softmaxCrossEntropyLoss();

    /// What one step of training found, before it changed the weights.
    ///
    /// @param loss mean cross entropy over the batch, in nats
    /// @param correct how many images of the batch were told right
    record Step(double loss, long correct) {}

    /// A network with random weights.
    ///
    /// @param classes at least 2
    /// @param side of the images, in pixels
    /// @param steps after which the learning rate has fallen to its last value
    /// @param seed of the weights
    Network(int classes, int side, int steps, long seed) {
        Engine.getEngine(ENGINE).setRandomSeed((int) seed);
        model = Model.newInstance("headrace", ENGINE);
        model.setBlock(layers(classes));
        var rate =
                Tracker.cosine()
                        .setBaseValue(FIRST_RATE)
                        .optFinalValue(LAST_RATE)
                        .setMaxUpdates(steps)
                        .build();
        trainer =
                model.newTrainer(
                        new DefaultTrainingConfig(loss)
                                .optInitializer(new XavierInitializer(), Parameter.Type.WEIGHT)
                                .optOptimizer(
                                        Optimizer.adam().optLearningRateTracker(rate).build()));
        trainer.initialize(new Shape(1, 3, side, side));
    }

    private static Block layers(int classes) {
        var layers = new SequentialBlock();
        for (int i = 0; i < CONVOLUTIONS; i++) {
            layers.add(convolution(FIRST_FILTERS << i));
            layers.add(BatchNorm.builder().build());
            layers.add(Activation::relu);
        }
        return layers.add(Pool.globalAvgPool2dBlock())
                .add(Blocks.batchFlattenBlock())
                .add(Linear.builder().setUnits(classes).build());
    }

    private static Block convolution(int filters) {
        return Conv2d.builder()
                .setFilters(filters)
                .setKernelShape(new Shape(3, 3))
                .optStride(new Shape(2, 2))
                .optPadding(new Shape(1, 1))
                .optBias(false) // normalization takes it away again
                .build();
    }

    /// A manager of arrays outside any network. Close it when done.
    static NDManager newManager() {
        return Engine.getEngine(ENGINE).newBaseManager();
    }

    /// The manager under which batches become arrays.
    NDManager manager() {
        return trainer.getManager();
    }

    /// Learns from one batch.
    ///
    /// @param images `float32`, `N×3×H×W`
    /// @param labels `int64`, `N`
    Step step(NDArray images, NDArray labels) {
        double mean;
        long correct;
        try (var gradients = trainer.newGradientCollector()) {
            var scores = trainer.forward(new NDList(images));
            var error = loss.evaluate(new NDList(labels), scores);
            gradients.backward(error);
            mean = error.getFloat();
            correct = correct(scores, labels);
        }
        trainer.step();
        return new Step(mean, correct);
    }

    /// How many images of a batch the network tells right.
    ///
    /// @param images `float32`, `N×3×H×W`
    /// @param labels `int64`, `N`
    long correct(NDArray images, NDArray labels) {
        return correct(trainer.evaluate(new NDList(images)), labels);
    }

    private static long correct(NDList scores, NDArray labels) {
        return scores.singletonOrThrow().argMax(1).eq(labels).countNonzero().getLong();
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
    }
}
