package dev.headrace.operators.python;

import static dev.headrace.engine.data.ElementType.FLOAT64;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.operators.python.Functions.f;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;

import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import java.util.List;

@NeedsPython
class PythonFunctionTest implements OperatorContract {
    @Override
    public List<Case> cases() {
        return List.of(
                Case.of("what it was given", f("x[0]").outputLayouts("W"))
                        .given(uint8("W", shape(2), 1, 2))
                        .expect(uint8("W", shape(2), 1, 2)),
                Case.of("a new array", f("x[0] + x[1]"))
                        .given(uint8("W", shape(2), 1, 2), uint8("W", shape(2), 10, 20))
                        .expect(uint8("", shape(2), 11, 22)),
                Case.of("a number", f("x[0].mean()"))
                        .given(uint8("W", shape(2), 1, 2))
                        .expect(scalar(FLOAT64, 1.5)),
                Case.of("several outputs", f("(x[0][::-1], len(x))").numOutputs(2))
                        .given(uint8("W", shape(2), 1, 2))
                        .expect(uint8("", shape(2), 2, 1), scalar(INT64, 1)),
                Case.of("nothing given", f("headrace.sample_index()"))
                        .expect(scalar(INT64, 0))
                        .expect(scalar(INT64, 1)),
                Case.of("nothing given in batch mode", f("[len(x)] * 2").batchProcessing(true))
                        .expect(scalar(INT64, 0))
                        .expect(scalar(INT64, 0)),
                Case.of("the view tensor", f("x[0].numpy() + 1").view(View.TENSOR))
                        .given(uint8("W", shape(1), 1))
                        .expect(uint8("", shape(1), 2)),
                Case.of("the view dlpack", f("x[0]").view(View.DLPACK).outputLayouts("C"))
                        .given(uint8("W", shape(1), 1))
                        .expect(uint8("C", shape(1), 1)),
                Case.of(
                                "memory of the pipeline's own",
                                f("np.add(x[0], 1, headrace.empty(x[0].shape, x[0].dtype))"))
                        .given(uint8("W", shape(1), 1))
                        .expect(uint8("", shape(1), 2)),
                Case.of("adopted", f("x[0][::-1].copy().__dlpack__()").adopt(true))
                        .given(uint8("W", shape(2), 1, 2))
                        .expect(uint8("", shape(2), 2, 1)),
                Case.of("none", f("None").numOutputs(0)).given(uint8("W", shape(2), 1, 2)),
                Case.of("a list in batch mode", f("[a + 1 for a in x[0]]").batchProcessing(true))
                        .given(uint8("W", shape(1), 1))
                        .expect(uint8("", shape(1), 2))
                        .given(uint8("W", shape(2), 5, 6))
                        .expect(uint8("", shape(2), 6, 7)),
                Case.of("one tensor of all", f("x[0] * 2").batchProcessing(true).dense())
                        .given(uint8("W", shape(1), 1))
                        .expect(uint8("", shape(1), 2))
                        .given(uint8("W", shape(1), 5))
                        .expect(uint8("", shape(1), 10)),
                Case.of("in worker processes", f("x[0] + 1").workers(2))
                        .given(uint8("W", shape(1), 1))
                        .expect(uint8("", shape(1), 2))
                        .given(uint8("W", shape(2), 5, 6))
                        .expect(uint8("", shape(2), 6, 7)));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "an exception",
                        f("x[0].reshape(3)"),
                        uint8("W", shape(2), 1, 2),
                        "f raised ValueError: cannot reshape array of size 2 into shape (3,)"));
    }
}
