package dev.headrace.engine.plan;

import static java.util.Objects.requireNonNullElse;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.error.HeadraceException;
import java.util.List;
import java.util.Objects;

/// Works out what is known of each value before there is data, and finds operators that could take
/// none of what they would get.
final class Types implements Pass {
    @Override
    public String name() {
        return "types";
    }

    @Override
    public void apply(Draft draft) {
        for (var node : draft.nodes) {
            promise(draft, node);
        }
        draft.refuse();
        var promises =
                draft.nodes.stream()
                        .flatMap(node -> node.outs.stream())
                        .filter(out -> out.wanted)
                        .map(out -> out.promise)
                        .toList();
        long whole = promises.stream().filter(each -> each.exact().isPresent()).count();
        long open = promises.stream().filter(SpecPattern.OPEN::equals).count();
        draft.say(
                "%s: %s known whole, %s in part, %s open"
                        .formatted(
                                Explain.count(promises.size(), "value"),
                                whole,
                                promises.size() - whole - open,
                                open));
    }

    private static void promise(Draft draft, Draft.Node node) {
        List<SpecPattern> given;
        try {
            given = node.operator.promise(node.inputs.stream().map(Types::known).toList());
        } catch (HeadraceException refusal) {
            draft.problem(refusal.what(), node.where, fedBy(node));
            return;
        } catch (IllegalArgumentException refusal) {
            draft.problem(
                    requireNonNullElse(refusal.getMessage(), refusal.toString()),
                    node.where,
                    fedBy(node));
            return;
        } catch (RuntimeException failure) {
            draft.problem(
                    node.where.kind() + " cannot say what it gives: " + failure,
                    node.where,
                    fedBy(node));
            draft.cause(failure);
            return;
        }
        if (given == null
                || given.size() != node.outs.size()
                || given.stream().anyMatch(Objects::isNull)) {
            draft.problem(
                    "%s has %s and promises %s"
                            .formatted(
                                    node.where.kind(),
                                    Explain.count(node.outs.size(), "output"),
                                    given),
                    node.where);
            return;
        }
        for (int i = 0; i < given.size(); i++) {
            node.outs.get(i).promise = given.get(i);
        }
    }

    private static SpecPattern known(Draft.Source source) {
        return switch (source) {
            case Draft.From from -> from.out().promise;
            case Draft.Fixed(var value) -> SpecPattern.exactly(value.spec());
        };
    }

    private static String fedBy(Draft.Node node) {
        var text = new StringBuilder();
        for (var input : node.inputs.subList(0, node.dataInputs)) {
            if (input instanceof Draft.From from) {
                text.append("\n  fed by ").append(from.node().where);
            }
        }
        return text.toString();
    }
}
