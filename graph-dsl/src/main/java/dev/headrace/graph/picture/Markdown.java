package dev.headrace.graph.picture;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The part of Markdown that comments are written in, to HTML: paragraphs, tables, lists, fenced
/// code, `code`, emphasis, links, and the tag `@param`. All else is text, and shown as it is.
final class Markdown {
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK =
            Pattern.compile("\\[([^\\]\\[]+)](?:\\((https?://[^\\s()]+)\\)|\\[[^\\]\\[]*])?");
    private static final Pattern STRONG = Pattern.compile("\\*\\*([^*]+)\\*\\*");
    private static final Pattern EMPHASIS =
            Pattern.compile("(?<![*\\w])\\*([^*\\s][^*]*)\\*(?!\\w)");
    private static final Pattern TAG =
            Pattern.compile("\\{@(?:code|link|value|linkplain)\\s+([^{}]+)}");
    private static final Pattern PARAM = Pattern.compile("@param\\s+(\\S+)\\s*(.*)");
    private static final Pattern HELD = Pattern.compile("\uE000(\\d+)\uE001");

    private final StringBuilder html = new StringBuilder();
    private final StringBuilder paragraph = new StringBuilder();
    private String open = "";
    private String item = ""; // what ends it

    private Markdown() {}

    static String html(List<String> lines) {
        var markdown = new Markdown();
        boolean code = false;
        for (var line : lines) {
            if (line.startsWith("```")) {
                markdown.close();
                markdown.html.append(code ? "</code></pre>\n" : "<pre><code>");
                code = !code;
            } else if (code) {
                markdown.html.append(Escapes.xml(line)).append('\n');
            } else {
                markdown.line(line.strip());
            }
        }
        markdown.close();
        if (code) {
            markdown.html.append("</code></pre>\n");
        }
        return markdown.html.toString();
    }

    private void line(String line) {
        var param = PARAM.matcher(line);
        if (line.isEmpty()) {
            close();
        } else if (param.matches()) {
            begin("dl");
            flush();
            var name = Escapes.xml(param.group(1));
            html.append("<dt>").append(name).append("</dt>");
            html.append("<dd data-param=\"").append(name).append("\">");
            item = "</dd>";
            paragraph.append(param.group(2));
        } else if (line.startsWith("@")) {
            close();
            begin("skip");
        } else if (line.startsWith("|")) {
            begin("table");
            row(line);
        } else if (line.startsWith("- ")) {
            begin("ul");
            flush();
            html.append("<li>");
            item = "</li>";
            paragraph.append(line.substring(2));
        } else if (!open.equals("skip")) {
            if (open.equals("table")) {
                close();
            }
            if (open.isEmpty()) {
                begin("p");
            }
            paragraph.append(paragraph.isEmpty() ? "" : " ").append(line);
        }
    }

    private void begin(String block) {
        if (!open.equals(block)) {
            close();
            open = block;
            if (!block.equals("skip")) {
                html.append('<').append(block).append('>');
            }
        }
    }

    /// Ends the item that is being read.
    private void flush() {
        html.append(inline(paragraph.toString())).append(item);
        item = "";
        paragraph.setLength(0);
    }

    private void close() {
        flush();
        if (!open.isEmpty() && !open.equals("skip")) {
            html.append("</").append(open).append(">\n");
        }
        open = "";
    }

    private void row(String line) {
        if (line.matches("[|\\-: ]+")) {
            return;
        }
        html.append("<tr>");
        for (var cell : line.substring(1).replaceFirst("\\|$", "").split("\\|", -1)) {
            html.append("<td>").append(inline(cell.strip())).append("</td>");
        }
        html.append("</tr>");
    }

    /// Code is taken out first, as nothing in it means anything, and put back last.
    private static String inline(String text) {
        var held = new ArrayList<String>();
        var bare = TAG.matcher(text.replaceAll("[\uE000\uE001]", "")).replaceAll("`$1`");
        bare = CODE.matcher(bare).replaceAll(code -> hold(held, code.group(1)));
        bare = LINK.matcher(Escapes.xml(bare)).replaceAll(link -> link(held, link));
        bare = STRONG.matcher(bare).replaceAll("<strong>$1</strong>");
        bare = EMPHASIS.matcher(bare).replaceAll("<em>$1</em>");
        return HELD.matcher(bare)
                .replaceAll(
                        place ->
                                Matcher.quoteReplacement(
                                        "<code>"
                                                + Escapes.xml(
                                                        held.get(Integer.parseInt(place.group(1))))
                                                + "</code>"));
    }

    private static String hold(List<String> held, String code) {
        held.add(code);
        return "\uE000" + (held.size() - 1) + "\uE001";
    }

    /// A link to the web stays one; a link to a type or member is its name, in code.
    private static String link(List<String> held, MatchResult link) {
        var name = link.group(1);
        if (link.group(2) != null) {
            return Matcher.quoteReplacement(
                    "<a href=\"%s\" rel=\"noreferrer\">%s</a>".formatted(link.group(2), name));
        }
        return name.matches("#?[\\w.]+(#\\w+)?(\\([^()]*\\))?")
                ? hold(held, name.replaceFirst("^#", "").replaceFirst("^([a-z]+\\.)+(?=[A-Z])", ""))
                : Matcher.quoteReplacement(link.group());
    }
}
